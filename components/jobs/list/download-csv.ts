/** Hands a CSV to the browser as a file, without asking the server. The mark in front tells spreadsheets that it is UTF-8. */
export function downloadCsv(csv: string, now: number): void {
  const url = URL.createObjectURL(new Blob(["\uFEFF", csv], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `runnerscope-jobs-${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "")}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
