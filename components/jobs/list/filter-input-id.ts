/** The filter of the job list, by which `/` finds it. In a file of its own, so that the shell does not bring the list to every page. */
export const FILTER_INPUT_ID = "jobs-filter";
