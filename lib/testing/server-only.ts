// Stands in for the package `server-only` in tests, where server code runs without React's server condition.
export {};
