/** Services of the system that programs ask for names, time zones, their log and certificates. None starts a program or holds a key. */
export const looked: readonly string[] = [
  "com.apple.system.opendirectoryd.libinfo",
  "com.apple.system.opendirectoryd.membership",
  "com.apple.system.notification_center",
  "com.apple.system.logger",
  "com.apple.logd",
  "com.apple.diagnosticd",
  "com.apple.bsd.dirhelper",
  "com.apple.trustd.agent",
  "com.apple.PowerManagement.control",
];

/** Those that would act for a program outside of the wall, whatever the system's own part of the profile says. */
export const denied: readonly string[] = [
  "com.apple.coreservices.appleevents",
  "com.apple.coreservices.launchservicesd",
  "com.apple.lsd.open",
  "com.apple.lsd.modifydb",
  "com.apple.SecurityServer",
  "com.apple.securityd.xpc",
  "com.apple.secd",
  "com.apple.pasteboard.1",
  "com.apple.tccd",
  "com.apple.tccd.system",
  "com.apple.windowserver.active",
  "com.apple.dock.server",
  "com.apple.finder.ServiceProvider",
  "com.apple.security.authtrampoline",
  "com.apple.xpc.smd",
];
