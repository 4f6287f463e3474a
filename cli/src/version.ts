/** The version of claw, and of the kernel API that `engines.claw` is compared with. */
export const version = "1.0.0";
