import { t, translated } from "../language/words.ts";
import type { CommandHost } from "../settings.ts";
import { sectionLines, type Section } from "./section.ts";
import { topicTitles, type Topic } from "./topic-names.ts";

/** Loaded late: each topic loads only the tables that it shows. */
const SECTIONS: Readonly<Record<Topic, (host: CommandHost) => Promise<readonly Section[]>>> = {
  inputs: async () => (await import("./inputs.ts")).inputSections(),
  outcomes: async () => (await import("./outcomes.ts")).OUTCOME_SECTIONS,
  "exit-statuses": async () => [(await import("./exit-statuses.ts")).EXIT_STATUSES],
  environment: async () => (await import("./environment.ts")).ENVIRONMENT,
  files: async (host) => (await import("./files.ts")).fileSections(host),
};

/** The text of a topic, in lines of at most `width` characters except for long paths. */
export async function topicText(topic: Topic, host: CommandHost, width: number): Promise<string> {
  const sections = await SECTIONS[topic](host);
  return [t`${topic}: ${translated(topicTitles[topic])}`, ...sectionLines(sections, width), ""].join("\n");
}
