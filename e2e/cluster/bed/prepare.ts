import { kubernetesBinaries } from "./binaries.ts";
import { bedImages, type BedImages } from "./images.ts";
import { installPackages } from "./packages.ts";
import { missingRequirement, thisMachine } from "./requirements.ts";

/** Something the user has to change; its message is one whole sentence, to be shown without a stack. */
export class BedRefused extends Error {
  override readonly name = "BedRefused";
}

export interface Prepared extends BedImages {
  /** Folder with the Kubernetes programs. */
  kubernetes: string;
}

/** Installs, builds and makes what a bed needs, unless it is there already. */
export async function prepare(log: (text: string) => void): Promise<Prepared> {
  const missing = missingRequirement(thisMachine());
  if (missing) throw new BedRefused(missing);
  await installPackages(log);
  const kubernetes = await kubernetesBinaries(log);
  return { kubernetes, ...(await bedImages(log)) };
}
