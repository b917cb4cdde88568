import { z } from "zod";

/** A sentence is composed in the reader's language from `messages: sentence.<key>` and these values. Values are untrusted text or figures. */
export const sentenceSchema = z.object({
  key: z.string(),
  values: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type Sentence = z.infer<typeof sentenceSchema>;
