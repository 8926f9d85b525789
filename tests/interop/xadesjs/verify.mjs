// Judges every ds:Signature of the given files with xadesjs and prints one JSON line for each.
//
//   node verify.mjs FILE…            signatures whose references lie inside the file
//   node verify.mjs --root DIR FILE… signature files of an unpacked container; relative references are read from DIR
//
// Ends with 0 whatever the verdict. Unsigned properties are taken out first: they are not signed, and xadesjs does not
// know the archive timestamp of XAdES 1.4.1.

import { X509Certificate, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import * as xmldom from "@xmldom/xmldom";
import * as xades from "xadesjs";
import { setNodeDependencies } from "xml-core";
import xpath from "xpath";

const DS = "http://www.w3.org/2000/09/xmldsig#";
const XADES = "http://uri.etsi.org/01903/v1.3.2#";

setNodeDependencies({
  DOMParser: xmldom.DOMParser,
  XMLSerializer: xmldom.XMLSerializer,
  DOMImplementation: xmldom.DOMImplementation,
  xpath,
});
xades.Application.setEngine("node", webcrypto);

const files = process.argv.slice(2);
const root = files[0] === "--root" ? resolve(files.splice(0, 2)[1]) : null;

// xadesjs tries every certificate of the chain and stumbles over one whose key is of another kind than the signature's,
// so it is given the signer's key only: that of the first certificate.
async function signersKey(signature, algorithm) {
  const text = signature.getElementsByTagNameNS(DS, "X509Certificate")[0].textContent;
  const key = new X509Certificate(Buffer.from(text, "base64")).publicKey;
  const curve = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" }[key.asymmetricKeyDetails.namedCurve];
  const spki = key.export({ type: "spki", format: "der" });
  return webcrypto.subtle.importKey("spki", spki, { ...algorithm, namedCurve: curve }, true, ["verify"]);
}

function member(uri) {
  const path = resolve(join(root, decodeURIComponent(uri)));
  if (!path.startsWith(root + sep)) throw new Error(`outside of the container: ${uri}`);
  return new Uint8Array(readFileSync(path));
}

async function judge(text, index) {
  const document = xades.Parse(text);
  const signature = document.getElementsByTagNameNS(DS, "Signature")[index];
  const id = signature.getAttribute("Id");
  for (const one of [...document.getElementsByTagNameNS(XADES, "UnsignedProperties")]) one.parentNode.removeChild(one);
  try {
    const signed = new xades.SignedXml(document);
    signed.LoadXml(signature);
    if (root) signed.contentHandler = async ({ Uri: uri }) => (uri.startsWith("#") ? null : member(uri));
    signed.GetPublicKeys = async () => [await signersKey(signature, signed.Algorithm)];
    return { id, valid: (await signed.Verify()) === true };
  } catch (error) {
    return { id, valid: false, reason: String(error.message ?? error) };
  }
}

for (const file of files) {
  const text = readFileSync(file, "utf8");
  const count = xades.Parse(text).getElementsByTagNameNS(DS, "Signature").length;
  for (let index = 0; index < count; index++) {
    console.log(JSON.stringify({ path: file, ...(await judge(text, index)) }));
  }
}
