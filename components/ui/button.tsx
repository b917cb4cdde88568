import Link from "next/link";
import type { ComponentProps } from "react";

interface Look {
  variant?: "plain" | "primary" | "ghost";
  small?: boolean;
  /** A square for one icon; needs an `aria-label`. */
  iconOnly?: boolean;
}

function classOf({ variant = "plain", small = false, iconOnly = false }: Look, more: string | undefined): string {
  return ["btn", variant === "plain" ? null : variant, small ? "small" : null, iconOnly ? "icon" : null, more].filter(Boolean).join(" ");
}

export function Button({ variant, small, iconOnly, className, ...rest }: Look & ComponentProps<"button">) {
  return (
    <button
      type="button"
      className={classOf({ ...(variant && { variant }), ...(small && { small }), ...(iconOnly && { iconOnly }) }, className)}
      {...rest}
    />
  );
}

/** Looks like a button, is a link: it leads to another page. */
export function ButtonLink({ variant, small, className, ...rest }: Omit<Look, "iconOnly"> & ComponentProps<typeof Link>) {
  return <Link className={classOf({ ...(variant && { variant }), ...(small && { small }) }, className)} {...rest} />;
}
