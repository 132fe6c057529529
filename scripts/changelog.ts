/** Returns the newest entry of a changelog as changesets writes it: from its version to the next one. */
export function newestEntry(changelog: string): string {
  const [, entry = ""] = changelog.split(/^## /m);
  return entry.trimEnd();
}
