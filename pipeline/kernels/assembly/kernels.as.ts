// What the workers call. All pointers are byte offsets into the shared memory.
export { fused, gather, gram, restart, sketch, transform } from "./start.as";
export { solveRows, solveScratch } from "./rows.as";
