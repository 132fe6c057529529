export { defuse, formatCsvLine } from "./csv-line.ts";
export { errorCode, errorMessage, isObject } from "./error-facts.ts";
export { ownValue } from "./own-value.ts";
export { count, counted, duration } from "./format-numbers.ts";
export { english, templateKey, type TextTag } from "./text-tag.ts";
export { identifyProcess, isRunning, processSpace, type ProcessIdentity } from "./process-identity.ts";
