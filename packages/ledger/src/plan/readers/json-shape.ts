/** The facts about a parsed JSON text that decide which checks it needs. */
export interface JsonShape {
  /** The number of keys of all its objects. */
  keys: number;
  hasNumber: boolean;
  /** Has a number as an element of a list. */
  hasListNumber: boolean;
  /** Has more levels of lists and objects than allowed. The other facts are then incomplete. */
  isTooDeep: boolean;
}

/** Returns the shape of a value after one walk through it. It runs for every line of a file, so it must be fast. */
export function shapeOf(value: unknown, mostLevels: number): JsonShape {
  const shape: JsonShape = { keys: 0, hasNumber: false, hasListNumber: false, isTooDeep: false };
  if (typeof value === "object" && value !== null) addShape(shape, value, mostLevels);
  return shape;
}

function addShape(shape: JsonShape, value: object, levels: number): void {
  if (levels === 0) {
    shape.isTooDeep = true;
    return;
  }
  if (Array.isArray(value)) {
    for (const part of value) addPart(shape, part, true, levels);
    return;
  }
  for (const key in value) {
    shape.keys++;
    addPart(shape, (value as Record<string, unknown>)[key], false, levels);
  }
}

function addPart(shape: JsonShape, part: unknown, isElement: boolean, levels: number): void {
  if (typeof part === "number") {
    shape.hasNumber = true;
    shape.hasListNumber ||= isElement;
  } else if (typeof part === "object" && part !== null) addShape(shape, part, levels - 1);
}
