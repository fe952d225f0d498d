const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for XML and HTML; characters that XML 1.0 cannot hold are replaced (a hostile answer may carry any). */
export const escapeXml = (text: string): string =>
   
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd').replace(/[&<>"']/g, (found) => entities[found] ?? found);
