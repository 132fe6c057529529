/**
 * All texts and bytes in a value, such as a response of Temporal, as one text: what anyone sees who may read the cluster. Numbers
 * are left out.
 */
export function visibleTexts(value: unknown): string {
  const texts: string[] = [];
  const visit = (part: unknown): void => {
    if (typeof part === "string") texts.push(part);
    else if (part instanceof Uint8Array) texts.push(Buffer.from(part).toString("utf8"));
    else if (typeof part === "object" && part !== null)
      for (const [name, inner] of Object.entries(part)) {
        texts.push(name);
        visit(inner);
      }
  };
  visit(value);
  return texts.join("\n");
}
