import { expect, test } from "vitest";
import { findLicenceProblems } from "../scripts/check-licences.ts";

const packageOf = (name: string) => ({ name, versions: ["1.0.0"], paths: [`/checkout/node_modules/${name}`] });

test("a dependency with a licence that is not allowed is reported with its path", () => {
  const list = { MIT: [packageOf("good")], "GPL-3.0-only": [packageOf("bad")], Unknown: [packageOf("silent")] };
  expect(findLicenceProblems(list, [])).toEqual([
    "bad@1.0.0 has the licence GPL-3.0-only: /checkout/node_modules/bad",
    "silent@1.0.0 has the licence Unknown: /checkout/node_modules/silent",
  ]);
});

test.each([
  ["(MIT OR GPL-3.0-only)", true],
  ["Apache-2.0 AND MIT", true],
  ["Apache-2.0 AND LGPL-3.0-only", false],
  ["MIT OR (ISC AND GPL-3.0-only)", false],
  ["", false],
])("the licence %j is allowed: %j", (licence, isAllowed) => {
  expect(findLicenceProblems({ [licence]: [packageOf("some")] }, [])).toHaveLength(isAllowed ? 0 : 1);
});

test("an exception holds for its package and licence only, and is reported if no package needs it", () => {
  const exceptions = [{ name: /^data$/, licence: "CC-BY-4.0", reason: "a credit is given" }];
  expect(findLicenceProblems({ "CC-BY-4.0": [packageOf("data")] }, exceptions)).toEqual([]);
  expect(
    findLicenceProblems({ "CC-BY-4.0": [packageOf("data-2")], "MPL-2.0": [packageOf("data")] }, exceptions),
  ).toEqual([
    "data-2@1.0.0 has the licence CC-BY-4.0: /checkout/node_modules/data-2",
    "data@1.0.0 has the licence MPL-2.0: /checkout/node_modules/data",
    "the exception ^data$ (CC-BY-4.0) is not needed",
  ]);
});
