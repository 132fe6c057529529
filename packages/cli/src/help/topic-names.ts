/** The topics of `caselink help`, each with its title. */
export const topicTitles = {
  inputs: "the files that caselink reads",
  outcomes: "what a row can end with",
  "exit-statuses": "what the exit status of a command means",
  environment: "the variables that caselink reads",
  files: "where caselink keeps its files",
} as const;

export type Topic = keyof typeof topicTitles;

export const TOPIC_NAMES = Object.keys(topicTitles) as readonly Topic[];
