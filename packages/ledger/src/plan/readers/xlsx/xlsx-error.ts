/** The file is not a spreadsheet that can be read. The message continues after the file's name: `is damaged`. */
export class XlsxError extends Error {
  override readonly name = "XlsxError";
  readonly advice: string;
  /** The row of the sheet; 1 if the error is not in a row. */
  readonly line: number;

  constructor(message: string, advice: string, line = 1, options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
    this.line = line;
  }
}

export const SAVE_AGAIN = "Open it in a spreadsheet and save it again, as XLSX or as CSV UTF-8.";
