// Makes the lines of the changelogs. All packages have one version, so that a line about updated dependencies says nothing.
import changelog from "@changesets/cli/changelog";

export default { ...changelog, getDependencyReleaseLine: () => "" };
