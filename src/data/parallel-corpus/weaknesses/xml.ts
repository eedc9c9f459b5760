/** @file CWE-611: a document from outside read with its external entities, against without. */
import { fromRequest, trusted } from "../origins.ts";
import type { Weakness } from "../weakness.ts";

/** XML external entities; no usual parser of Rust resolves them. */
export const xml: Weakness = {
  cwe: "CWE-611",
  verbs: ["parse", "read", "load", "import", "convert", "check"],
  keys: ["feed", "invoice", "order", "manifest", "document", "envelope"],
  otherKeys: ["layout", "pattern", "sample", "footer", "notice"],
  value: "text",
  bad: fromRequest,
  good: trusted,
  needs: [],
  returns: {
    library: {
      c: "xmlDocPtr",
      cpp: "xmlDocPtr",
      csharp: "XDocument",
      go: "types.Document",
      java: "Document",
      typescript: "Document",
      kotlin: "Document",
      php: "SimpleXMLElement",
      swift: "XMLDocument",
    },
  },
  base: () => "",
  danger: {
    c: ["xmlReadDoc((const xmlChar *) $0, NULL, NULL, XML_PARSE_NOENT | XML_PARSE_DTDLOAD)"],
    cpp: [
      "xmlReadDoc(reinterpret_cast<const xmlChar *>($0.c_str()), nullptr, nullptr, XML_PARSE_NOENT)",
    ],
    csharp: ["XDocument.Load(XmlReader.Create(new StringReader($0), withEntities))"],
    go: ["libxml2.ParseString($0, parser.XMLParseNoEnt) !"],
    java: ["new SAXReader().read(new StringReader($0))"],
    javascript: ["libxml.parseXml($0, { noent: true })"],
    kotlin: ["SAXReader().read(StringReader($0))"],
    php: ['simplexml_load_string($0, "SimpleXMLElement", LIBXML_NOENT)'],
    python: ["etree.fromstring($0, etree.XMLParser(resolve_entities=True))"],
    ruby: ["Nokogiri::XML($0) { |config| config.noent }"],
    swift: ["try XMLDocument(xmlString: $0, options: .nodeLoadExternalEntitiesAlways)"],
  },
  safe: {
    c: ["xmlReadDoc((const xmlChar *) $0, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOCDATA)"],
    cpp: [
      "xmlReadDoc(reinterpret_cast<const xmlChar *>($0.c_str()), nullptr, nullptr, XML_PARSE_NONET)",
    ],
    csharp: ["XDocument.Load(XmlReader.Create(new StringReader($0), withoutEntities))"],
    go: ["libxml2.ParseString($0, parser.XMLParseNoNet) !"],
    java: ["SAXReader.createDefault().read(new StringReader($0))"],
    javascript: ["libxml.parseXml($0, { noent: false })"],
    kotlin: ["SAXReader.createDefault().read(StringReader($0))"],
    php: ['simplexml_load_string($0, "SimpleXMLElement", LIBXML_NONET)'],
    python: ["etree.fromstring($0, etree.XMLParser(resolve_entities=False))"],
    ruby: ["Nokogiri::XML($0) { |config| config.nonet }"],
    swift: ["try XMLDocument(xmlString: $0, options: .nodeLoadExternalEntitiesNever)"],
  },
  hasChoices: false,
  isPlainHarmless: false,
};
