import { createColors } from "picocolors";
import { afterEach, expect, test } from "vitest";
import { useLanguage } from "../language/words.ts";
import { widthOf } from "../screen/format.ts";
import { failed, ok, warning } from "./finding.ts";
import { adviceLines, findingScreen } from "./finding-screen.ts";
import { ROLES } from "./roles.ts";

afterEach(() => useLanguage({ CASELINK_LANG: "en" }));

const screen = (finding: Parameters<typeof findingScreen>[0]): string[] =>
  findingScreen(finding, createColors(false)).split("\n");

test("a finding is in columns", async () => {
  const finding = failed("credentials", "not checked: no answer", "Try again in a minute.");
  expect(screen(finding)).toEqual([
    "failed   credentials    not checked: no answer",
    "                        Try again in a minute.",
  ]);
  await useLanguage({ CASELINK_LANG: "zh" });
  expect(screen(finding)).toEqual([
    "失败     凭证           未检查：no answer",
    "                        请一分钟后重试。",
  ]);
});

test("a finding that is made in Chinese keeps its English text and advice, which events have", async () => {
  await useLanguage({ CASELINK_LANG: "zh" });
  const finding = warning("ledger", "the storage has no conditional writes (If-None-Match)", "So it is gone.");
  expect(finding.message).toBe("the storage has no conditional writes (If-None-Match)");
  expect(adviceLines(finding)).toEqual(["So it is gone."]);
  expect(screen(finding).map((line) => line.trim())).toEqual([
    "警告     台账           存储不支持条件写入 (If-None-Match)",
    "因此，进程已不存在。",
  ]);
  const english = adviceLines(failed("permission", "", ROLES));
  await useLanguage({ CASELINK_LANG: "en" });
  expect(adviceLines(failed("permission", "", ROLES))).toEqual(english);
});

test.each(["en", "zh"])("the roles fit into the lines of a terminal: %s", async (language) => {
  await useLanguage({ CASELINK_LANG: language });
  const lines = screen(failed("permission", "no", ROLES));
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.filter((line) => widthOf(line) > 80)).toEqual([]);
});

test("a bare word is no text: it can be the name of something", async () => {
  await useLanguage({ CASELINK_LANG: "zh" });
  const [line] = screen(ok("batches", "not ended: clock, ledger"));
  expect(line).toMatch(/未结束：clock、ledger$/);
});
