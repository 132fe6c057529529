import { join } from "node:path";
import { cacheFolder, readLocations, reportPathIn } from "../locations.ts";
import type { CommandHost } from "../settings.ts";
import { backgroundLog } from "../run/start-in-background.ts";
import type { Section } from "./section.ts";

/** Where caselink keeps its files, in this environment. */
export function fileSections(host: Pick<CommandHost, "env" | "cwd">): readonly Section[] {
  const locations = readLocations(host);
  const { home, ledgerAddress } = locations;
  return [
    {
      title: "Batches (CASELINK_LEDGER):",
      entries: [
        [ledgerAddress, "the ledger: plan, snapshots, results and report of every batch. Back it up"],
        [reportPathIn(locations, "BATCH"), "the report of a batch that has ended, with report.csv.manifest.json"],
      ],
    },
    {
      title: "Local mode (CASELINK_HOME):",
      entries: [
        [home, "the state folder"],
        [join(home, "temporal.db"), "the database of the local Temporal: unfinished batches need it"],
        [join(home, "temporal.log"), "its log"],
        [backgroundLog(home, "BATCH"), "the output of run --detach"],
      ],
    },
    {
      title: "Can be deleted; they are made again:",
      entries: [[cacheFolder(), "the Temporal CLI that caselink installed, and Node's compiled code"]],
    },
    {
      title: "Next to your files:",
      entries: [
        ["NAME.rejects.csv", "the invalid rows of an input, with the reasons; in the format of the input"],
        ["BATCH.html", "report --format html at a terminal, in the current folder"],
      ],
    },
    {
      title: "Only read:",
      entries: [
        ["~/.huaweicloud/credentials", "an access key, if no variable has credentials"],
        ["temporal.toml", "Temporal's own configuration, in the platform's folder for configuration"],
      ],
    },
  ];
}
