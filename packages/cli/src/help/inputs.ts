import type { InputFormat, MappedField } from "@caselink/ledger";
import {
  ASSOCIATIONS_PER_TICKET,
  GROUP_ID_MAX_LENGTH,
  RELATED_ID_MAX_LENGTH,
  TICKET_ID_MAX_LENGTH,
} from "@caselink/sdk";
import { translated } from "../language/words.ts";
import type { Section } from "./section.ts";

const FORMATS: Readonly<Record<InputFormat, string>> = {
  csv: "a table with a header; separated by comma, semicolon or tab",
  tsv: "the same, separated by tabs",
  jsonl: "an object on each line, with the API's names: case_id, related_id_list (or related_id), group_id",
  json: 'an array of such objects, which may be in an object: {"data": [...]}',
  xlsx: "the first sheet that is not hidden, or the one that --sheet names",
  parquet: "the columns of a table; related ids may be a list",
};

const FIELDS: Readonly<Record<MappedField, string>> = {
  case_id: `the ticket; 1 to ${TICKET_ID_MAX_LENGTH} characters`,
  related_id: `the ticket to associate it with; 1 to ${RELATED_ID_MAX_LENGTH} characters; also in related_id2, related_id3`,
  related_ids: "several in one cell, separated by space, comma, semicolon or |",
  group_id: `the group of the ticket; 1 to ${GROUP_ID_MAX_LENGTH} characters; --group-id is for the rows without one`,
};

/** In the catalogues these words have a colon: without it, a column that is named `id` would be translated, too. */
const withoutColon = (word: string): string => word.replace(/[:：]$/, "");

/** The formats and columns of inputs, and the checks before anything is sent. */
export const inputSections = (): readonly Section[] => [
  {
    title: "Formats, also compressed with gzip; --format names that of standard input (-):",
    entries: Object.entries(FORMATS),
  },
  { title: "Columns; --map field=Column reads one with another name:", entries: Object.entries(FIELDS) },
  {
    title: "Checked before anything is sent:",
    entries: [
      [
        withoutColon(translated("ticket:")),
        `at most ${ASSOCIATIONS_PER_TICKET} different related ids, and one group; not associated with itself`,
      ],
      [withoutColon(translated("id:")), "no control characters, and no damage by a spreadsheet, such as 2.02601E+13"],
      [
        withoutColon(translated("errors:")),
        "the first 20 on the screen, all in NAME.rejects.csv next to the input, to fix and run",
      ],
    ],
  },
];
