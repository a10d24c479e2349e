// How test runs speak: one line per top-level suite, every failure in full, and the totals in a file for who sums them up.
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

const { Base } = Mocha.reporters;

/** A reporter for mocha; its option `totals` names the file for the totals. */
export default class Brief extends Base {
  constructor(runner, options) {
    super(runner, options);
    const say = Base.consoleLog;
    let suite = { title: "", passed: 0, failed: 0, started: 0 };
    const close = () => {
      if (suite.passed + suite.failed === 0) return;
      const mark = suite.failed === 0 ? Base.color("green", "  ok  ") : Base.color("fail", " FAIL ");
      const milliseconds = Math.round(performance.now() - suite.started);
      say(`${mark}${suite.title || "(no suite)"}: ${suite.passed + suite.failed} tests, ${milliseconds} ms`);
    };
    const topOf = (test) => {
      let at = test.parent;
      while (at?.parent !== undefined && !at.parent.root) at = at.parent;
      return at?.title ?? "";
    };
    runner.on("test end", (test) => {
      if (test.isPending()) return;
      const title = topOf(test);
      if (title !== suite.title) {
        close();
        suite = { title, passed: 0, failed: 0, started: performance.now() - (test.duration ?? 0) };
      }
      if (test.isFailed()) suite.failed++;
      else suite.passed++;
    });
    runner.on("fail", (test) => say(Base.color("fail", `  x   ${test.fullTitle()}`)));
    runner.once("end", () => {
      close();
      if (this.failures.length > 0) Base.list(this.failures);
      const { passes = 0, failures = 0, pending = 0 } = this.stats;
      const file = options?.reporterOptions?.totals;
      if (file !== undefined)
        writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
}
