import type { Printer, PrinterParts } from "./printer.ts";
import { resultOf } from "./result.ts";

/** One JSON object, at the end, whatever the end is. */
export const jsonPrinter = ({ output, id }: PrinterParts): Printer => ({
  wantsInfo: false,
  open: () => undefined,
  take: () => undefined,
  async end(report) {
    output.line(resultOf(report, id()));
    await output.flush();
  },
});
