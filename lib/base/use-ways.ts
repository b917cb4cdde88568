/**
 * The ways to read what containers use, richest first: the kubelet's cAdvisor page, a Prometheus that keeps it, the kubelet's `/metrics/resource`,
 * metrics-server through the API server (reference: kubernetes-signals 1.9).
 */
export const USE_WAYS = ["cadvisor", "prometheus", "resource", "metrics-server"] as const;
export type UseWay = (typeof USE_WAYS)[number];

/** Figures of use that a way may not tell. Missing for want of a way, they are "not measured", which is neither 0 nor "no limit". */
export const USE_FIGURES = ["throttling", "oom-counter", "kernel-peak", "limit-hits", "pressure", "storage"] as const;
export type UseFigure = (typeof USE_FIGURES)[number];
