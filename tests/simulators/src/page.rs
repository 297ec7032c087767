//! The pages that play the payer: plain forms.

use axum::response::Html;

use crate::fault::Fault;

pub(crate) fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"vi\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>body{{font:16px system-ui;max-width:26rem;margin:2rem auto;padding:0 1rem}}\
         h1{{font-size:1.25rem}}dl{{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem}}dd{{margin:0}}\
         label{{display:block;margin:.75rem 0 .25rem}}input,select,textarea,button{{font:inherit;padding:.5rem;width:100%;\
         box-sizing:border-box}}button{{margin-top:1rem;background:#0b57d0;color:#fff;border:0;border-radius:.4rem}}\
         small{{color:#555}}</style><h1>{title}</h1>{body}<p><small>Mô phỏng – không có tiền thật.</small></html>"
    ))
}

pub(crate) fn faults() -> String {
    let options: String =
        Fault::WORDS.iter().map(|(word, what)| format!("<option value=\"{word}\">{what}</option>")).collect();
    format!("<label>Sự cố</label><select name=\"fault\">{options}</select>")
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
