/** The languages that the extension is about, by the names that VS Code and other extensions give them. */
export const languages = ["sql", "postgres", "pgsql", "powersync-yaml"];
