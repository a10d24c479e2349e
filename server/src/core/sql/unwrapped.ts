import type { Node } from "@pgsql/types";

/** Every kind of node, among them those that only PostgreSQL's planner makes. */
type Kind = Node extends infer N ? (N extends unknown ? keyof N : never) : never;

/**
 * Fields of a fixed type: the tree holds their value without the name of its kind around it. Each kind with all fields that hold it, as
 * @pgsql/types 18.0.0 declares them, parted by white space; a test compares.
 */
export const unwrappedFields: Readonly<Partial<Record<Kind, string>>> = {
  Alias: `
    RangeVar.alias JoinExpr.join_using_alias JoinExpr.alias RangeSubselect.alias RangeFunction.alias
    RangeTableFunc.alias RangeTblEntry.alias RangeTblEntry.eref RangeTblEntry.join_using_alias JsonTable.alias`,
  BitString: "A_Const.bsval",
  Boolean: "A_Const.boolval",
  CTECycleClause: "CommonTableExpr.cycle_clause",
  CTESearchClause: "CommonTableExpr.search_clause",
  CollateClause: "ColumnDef.collClause CreateDomainStmt.collClause",
  CreateStmt: "CreateForeignTableStmt.base",
  Float: "A_Const.fval",
  FromExpr: "Query.jointree",
  FuncCall: "CallStmt.funccall",
  FuncExpr: "CallStmt.funcexpr",
  GrantStmt: "AlterDefaultPrivilegesStmt.action",
  InferClause: "OnConflictClause.infer",
  Integer: "A_Const.ival",
  IntoClause: "SelectStmt.intoClause CreateTableAsStmt.into",
  JsonAggConstructor: "JsonObjectAgg.constructor JsonArrayAgg.constructor",
  JsonBehavior: `
    JsonExpr.on_empty JsonExpr.on_error JsonFuncExpr.on_empty JsonFuncExpr.on_error JsonTable.on_error
    JsonTableColumn.on_empty JsonTableColumn.on_error`,
  JsonFormat: `
    JsonReturning.format JsonValueExpr.format JsonIsPredicate.format JsonExpr.format JsonTableColumn.format
    JsonArrayQueryConstructor.format`,
  JsonKeyValue: "JsonObjectAgg.arg",
  JsonOutput: `
    JsonFuncExpr.output JsonParseExpr.output JsonScalarExpr.output JsonSerializeExpr.output
    JsonObjectConstructor.output JsonArrayConstructor.output JsonArrayQueryConstructor.output
    JsonAggConstructor.output`,
  JsonReturning: "JsonConstructorExpr.returning JsonExpr.returning JsonOutput.returning",
  JsonTablePath: "JsonTablePathScan.path",
  JsonTablePathSpec: "JsonTable.pathspec JsonTableColumn.pathspec",
  JsonValueExpr: `
    JsonArgument.val JsonFuncExpr.context_item JsonTable.context_item JsonKeyValue.value JsonParseExpr.expr
    JsonSerializeExpr.expr JsonArrayAgg.arg`,
  ObjectWithArgs: `
    CreateOpClassItem.name AlterFunctionStmt.func AlterOperatorStmt.opername CreateCastStmt.func
    CreateTransformStmt.fromsql CreateTransformStmt.tosql`,
  OnConflictClause: "InsertStmt.onConflictClause",
  OnConflictExpr: "Query.onConflict",
  PartitionBoundSpec: "PartitionCmd.bound CreateStmt.partbound",
  PartitionSpec: "CreateStmt.partspec",
  PublicationTable: "PublicationObjSpec.pubtable",
  Query: "IntoClause.viewQuery RangeTblEntry.subquery",
  RangeVar: `
    IntoClause.rel ColumnDef.identitySequence TableLikeClause.relation PartitionCmd.name InsertStmt.relation
    DeleteStmt.relation UpdateStmt.relation MergeStmt.relation AlterTableStmt.relation CopyStmt.relation
    CreateStmt.relation Constraint.pktable CreatePolicyStmt.table AlterPolicyStmt.table CreateTrigStmt.relation
    CreateTrigStmt.constrrel CreateSeqStmt.sequence AlterSeqStmt.sequence IndexStmt.relation RenameStmt.relation
    AlterObjectDependsStmt.relation AlterObjectSchemaStmt.relation AlterOwnerStmt.relation RuleStmt.relation
    CompositeTypeStmt.typevar ViewStmt.view ClusterStmt.relation VacuumRelation.relation RefreshMatViewStmt.relation
    ReindexStmt.relation PublicationTable.relation`,
  ReturningClause: `
    InsertStmt.returningClause DeleteStmt.returningClause UpdateStmt.returningClause MergeStmt.returningClause`,
  RoleSpec: `
    CreateSchemaStmt.authrole AlterTableCmd.newowner GrantStmt.grantor GrantRoleStmt.grantor
    CreateTableSpaceStmt.owner CreateUserMappingStmt.user AlterUserMappingStmt.user DropUserMappingStmt.user
    AlterRoleStmt.role AlterRoleSetStmt.role AlterOwnerStmt.newowner ReassignOwnedStmt.newrole`,
  SelectStmt: "SelectStmt.larg SelectStmt.rarg PLAssignStmt.val",
  String: "A_Const.sval AlterObjectDependsStmt.extname",
  TableFunc: "RangeTblEntry.tablefunc",
  TableSampleClause: "RangeTblEntry.tablesample",
  TypeName: `
    TypeCast.typeName RangeTableFuncCol.typeName ColumnDef.typeName XmlSerialize.typeName JsonOutput.typeName
    JsonTableColumn.typeName CreateStmt.ofTypename CreateDomainStmt.typeName CreateOpClassStmt.datatype
    CreateOpClassItem.storedtype CreateFunctionStmt.returnType FunctionParameter.argType CreateCastStmt.sourcetype
    CreateCastStmt.targettype CreateTransformStmt.type_name`,
  VariableSetStmt: "AlterRoleSetStmt.setstmt AlterDatabaseSetStmt.setstmt AlterSystemStmt.setstmt",
  WindowDef: "FuncCall.over JsonAggConstructor.over",
  WithClause: `
    InsertStmt.withClause DeleteStmt.withClause UpdateStmt.withClause MergeStmt.withClause SelectStmt.withClause`,
};
