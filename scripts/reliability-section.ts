/**
 * Returns the document with the content of the section that has this title (of level 2) replaced. A section that is not there
 * is added at the end.
 */
export function replaceSection(document: string, title: string, content: string): string {
  const section = `## ${title}\n\n${content.trim()}\n`;
  const sections = document.split(/^(?=## )/m);
  const at = sections.findIndex((each) => each.startsWith(`## ${title}\n`));
  if (at < 0) return `${document.trimEnd()}\n\n${section}`;
  return sections.with(at, at === sections.length - 1 ? section : `${section}\n`).join("");
}

/** The section of the document that has this title (of level 2), with its heading; empty if it is not there. */
export function readSection(document: string, title: string): string {
  return document.split(/^(?=## )/m).find((each) => each.startsWith(`## ${title}\n`)) ?? "";
}

/** The first section whose heading matches; empty if there is none. */
export function readSectionLike(document: string, heading: RegExp): string {
  return document.split(/^(?=## )/m).find((each) => heading.test(each)) ?? "";
}
