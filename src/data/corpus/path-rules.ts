/** @file What names alone tell: code of others, code made by machines, code squeezed for shipping. */

/** Folders that hold copies of other projects, whatever is in them. */
const vendoredFolders = new Set([
  "node_modules",
  "bower_components",
  "jspm_packages",
  "vendor",
  "vendors",
  "vendored",
  "_vendor",
  "third_party",
  "third-party",
  "thirdparty",
  "3rdparty",
  "godeps",
  "pods",
  "carthage",
  "site-packages",
  "__pycache__",
]);

/** Whether a folder of this name below a source tree holds code of other projects. */
export function isVendoredFolder(name: string): boolean {
  return vendoredFolders.has(name.toLowerCase());
}

const fileRules: readonly (readonly [reason: string, pattern: RegExp])[] = [
  ["minified", /[.-]min\.(?:js|mjs|cjs)$|\.(?:bundle|pack)\.js$/i],
  ["vendored", /^jquery[\d.-]*\.js$/i],
  [
    "generated",
    /(?:\.pb\.(?:go|cc|h)|_pb2(?:_grpc)?\.py|_pb\.js|\.g\.cs|\.g\.ts|\.designer\.cs|\.generated\.\w+|_generated\.\w+|[._]gen\.go|\.tab\.c|\.yy\.c|lex\.yy\.cc|moc_\w+\.cpp|ui_\w+\.h)$/i,
  ],
];

/** Why a file of this name is left out unread, if it is. */
export function fileNameReason(name: string): string | undefined {
  return fileRules.find(([, pattern]) => pattern.test(name))?.[0];
}
