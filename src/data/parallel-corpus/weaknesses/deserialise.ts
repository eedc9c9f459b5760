/** @file CWE-502: objects of any class read from outside, against plain data. */
import { fromRequest, trusted } from "../origins.ts";
import type { Weakness } from "../weakness.ts";

/** Unsafe deserialisation; C, C++, Go and Rust have no usual way of doing it. */
export const deserialise: Weakness = {
  cwe: "CWE-502",
  verbs: ["restore", "load", "decode", "resume", "unpack", "import"],
  keys: ["state", "profile", "basket", "draft", "snapshot", "bundle"],
  otherKeys: ["label", "edition", "topic", "folder", "theme"],
  value: "text",
  bad: fromRequest,
  good: trusted,
  needs: [],
  returns: {
    library: {
      csharp: "object",
      java: "Object",
      typescript: "unknown",
      kotlin: "Any",
      php: "mixed",
      swift: "Any?",
    },
  },
  base: () => "",
  danger: {
    csharp: ["JsonConvert.DeserializeObject($0, openTypes)", "new LosFormatter().Deserialize($0)"],
    java: ["new XStream().fromXML($0)", "new Yaml().load($0)"],
    javascript: ["serialize.unserialize($0)", "yaml.load($0, { schema: anySchema })"],
    kotlin: ["XStream().fromXML($0)", "Yaml().load<Any>($0)"],
    php: ["unserialize($0)"],
    python: ["pickle.loads($0.encode())", "yaml.load($0, Loader=yaml.UnsafeLoader)"],
    ruby: ["Marshal.load($0)", "YAML.unsafe_load($0)"],
    swift: ["NSKeyedUnarchiver.unarchiveObject(with: Data($0.utf8))"],
  },
  safe: {
    csharp: ["JsonConvert.DeserializeObject($0, plainTypes)", "JsonNode.Parse($0)"],
    java: ["new ObjectMapper().readTree($0)", "new Yaml(new SafeConstructor(limits)).load($0)"],
    javascript: ["JSON.parse($0)", "yaml.load($0, { schema: yaml.JSON_SCHEMA })"],
    kotlin: ["ObjectMapper().readTree($0)", "Yaml(SafeConstructor(limits)).load<Any>($0)"],
    php: ["json_decode($0)"],
    python: ["json.loads($0.encode())", "yaml.load($0, Loader=yaml.SafeLoader)"],
    ruby: ["JSON.parse($0)", "YAML.safe_load($0)"],
    swift: ["try JSONSerialization.jsonObject(with: Data($0.utf8))"],
  },
  hasChoices: false,
  isPlainHarmless: false,
};
