/** What is needed to know of a parsed JSON text before it is looked at closely. */
export interface JsonShape {
  /** Of all objects in it. */
  keys: number;
  hasNumber: boolean;
  /** As an element of a list. */
  hasListNumber: boolean;
  /** Has more levels of lists and objects than were allowed; then the rest is not complete. */
  isTooDeep: boolean;
}

/** Walks through a value once. Every line of a file is asked for this, so it must be quick. */
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
