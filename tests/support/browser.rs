//! Somebody at the pages: a cookie that is kept, forms filled as a page made them, redirects followed. No script runs.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::hospital::{Answer, Connection, Hospital};

/// A page or what came instead of one.
pub struct Shown {
    /// HTTP status of the last answer.
    pub status: u16,
    /// Path of the last answer, as far as a head tells it: in small letters.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Its head, in small letters.
    pub head: String,
    /// What came, as it came.
    pub bytes: Vec<u8>,
}

/// A file of a form: the field's name, the file's name, what is in it.
pub type Sent<'f> = (&'f str, &'f str, &'f [u8]);

/// A browser.
pub struct Browser {
    connection: Connection,
    /// What it sends back.
    pub cookies: BTreeMap<String, String>,
}

/// A form of a page: where it goes and what it carries.
#[derive(Debug, Clone)]
pub struct Form {
    /// Its address.
    pub action: String,
    /// Its fields that are filled by the page.
    pub fields: BTreeMap<String, String>,
}

impl Browser {
    /// Before anybody signed in.
    pub fn new(hospital: &Hospital) -> Browser {
        Browser { connection: hospital.connect(), cookies: BTreeMap::new() }
    }

    /// Looks at a page.
    pub fn get(&mut self, path: &str) -> Shown {
        self.ask("GET", path, "", b"")
    }

    /// Asks for a part of a page, as its script does.
    pub fn get_part(&mut self, path: &str) -> Answer {
        let headers = self.headers("HX-Request: true\r\n");
        self.connection.ask_with("GET", path, None, None, &headers, b"")
    }

    /// Follows a page: the lines of its stream, until it ends.
    pub fn stream(&self, hospital: &Hospital, path: &str) -> impl Iterator<Item = String> + use<> {
        let headers = self.headers("HX-Request: true\r\nConnection: close\r\n");
        hospital.stream(path, None, &headers)
    }

    /// Sends a form as it is, with some fields filled anew.
    pub fn send(&mut self, form: &Form, filled: &[(&str, &str)]) -> Shown {
        let answer = self.send_once(form, filled);
        self.follow(&form.action, answer)
    }

    /// Sends a form and follows no redirect.
    pub fn send_once(&mut self, form: &Form, filled: &[(&str, &str)]) -> Answer {
        let mut fields = form.fields.clone();
        fields.extend(filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
        let headers = self.headers("Sec-Fetch-Site: same-origin\r\n");
        let answer = self.connection.ask_with("POST", &form.action, None, None, &headers, body.join("&").as_bytes());
        self.keep(&answer);
        answer
    }

    /// Sends a form with fields beside its own, some of them more than once.
    pub fn send_all(&mut self, form: &Form, beside: &[(&str, &str)]) -> Shown {
        let own = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<String> = own
            .chain(beside.iter().copied())
            .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
            .collect();
        let headers = self.headers("Sec-Fetch-Site: same-origin\r\n");
        let body = fields.join("&");
        let answer = self.connection.ask_with("POST", &form.action, None, None, &headers, body.as_bytes());
        self.keep(&answer);
        self.follow(&form.action, answer)
    }

    /// Sends a form with files, as a browser does.
    pub fn send_files(&mut self, form: &Form, filled: &[(&str, &str)], files: &[Sent<'_>]) -> Shown {
        let request = self.with_files(form, filled, files);
        let answer = self.connection.send_raw(&request);
        self.keep(&answer);
        self.follow(&form.action, answer)
    }

    /// Sends the half of a form with a file, and goes away.
    pub fn send_half(&mut self, form: &Form, file: Sent<'_>, after: Duration) {
        let request = self.with_files(form, &[], &[file]);
        self.connection.send_and_leave(&request[..request.len() / 2], after);
    }

    fn with_files(&self, form: &Form, filled: &[(&str, &str)], files: &[Sent<'_>]) -> Vec<u8> {
        const BOUNDARY: &str = "----of-the-tests-7MA4YWxk";
        let mut fields = form.fields.clone();
        fields.extend(filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let is_file = |name: &str| files.iter().any(|(field, ..)| *field == name);
        let mut body = Vec::new();
        // A page has its key before its files.
        for (name, value) in fields.iter().filter(|(name, _)| !is_file(name)) {
            let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for (field, name, bytes) in files {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let headers = self.headers("Sec-Fetch-Site: same-origin\r\n");
        let (action, length) = (&form.action, body.len());
        let head = format!(
            "POST {action} HTTP/1.1\r\nHost: x\r\n{headers}Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), &body].concat()
    }

    /// Signs in with a password that was told, and chooses another; the page behind it.
    pub fn sign_in(&mut self, facility: &str, name: &str, told: &str, chosen: &str) -> Shown {
        let page = self.get("/sign-in");
        let form = page.form("/sign-in");
        let page = self.send(&form, &[("facility", facility), ("name", name), ("password", told)]);
        assert_eq!(page.path, "/sign-in/password", "{}", page.text);
        self.send(&page.form("/sign-in/password"), &[("old", told), ("new", chosen), ("again", chosen)])
    }

    fn headers(&self, more: &str) -> String {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = if cookies.is_empty() { String::new() } else { format!("Cookie: {}\r\n", cookies.join("; ")) };
        format!("{cookies}{more}")
    }

    fn ask(&mut self, method: &str, path: &str, more: &str, body: &[u8]) -> Shown {
        let headers = self.headers(more);
        let answer = self.connection.ask_with(method, path, None, None, &headers, body);
        self.keep(&answer);
        self.follow(path, answer)
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.head.lines() {
            let Some(cookie) = line.strip_prefix("set-cookie: ") else { continue };
            let (pair, rest) = cookie.split_once(';').unwrap_or((cookie, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            if rest.contains("max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn follow(&mut self, path: &str, answer: Answer) -> Shown {
        let (mut path, mut answer) = (path.to_owned(), answer);
        for _ in 0..5 {
            let Some(to) = answer.head.lines().find_map(|line| line.strip_prefix("location: ")) else { break };
            path = to.trim().to_owned();
            let headers = self.headers("");
            // A head in small letters hides what letters a path has: of the tests' own visits they are capitals.
            let asked = spelled(&path);
            answer = self.connection.ask_with("GET", &asked, None, None, &headers, b"");
            self.keep(&answer);
        }
        let text = String::from_utf8_lossy(&answer.bytes).into_owned();
        // A Vietnamese page says in Vietnamese what was wrong. Documents of integrators, and why a claim has no price, are told as
        // the interface tells them.
        if text.contains("<html lang=\"vi\"") && !path.starts_with("/tariff/") && !path.starts_with("/claims/check/") {
            let inside = text.split_once("<main").map_or("", |(_, inside)| inside);
            let english = inside.split_once(" lang=\"en\"").map(|(_, rest)| rest.split("</").next().unwrap_or(rest));
            assert_eq!(english, None, "{path}");
        }
        Shown { status: answer.status, path, text, head: answer.head, bytes: answer.bytes }
    }
}

/// A path whose last part was in capitals.
fn spelled(path: &str) -> String {
    let of_records = ["/desk/visits/", "/desk/receipts/", "/desk/patients/"];
    match of_records.iter().find_map(|start| path.strip_prefix(start).map(|rest| (start, rest))) {
        Some((start, rest)) => {
            let (record, query) = rest.split_once('?').map_or((rest, None), |(record, query)| (record, Some(query)));
            let query = query.map_or(String::new(), |query| format!("?{query}"));
            format!("{start}{}{query}", record.to_ascii_uppercase())
        }
        None => path.to_owned(),
    }
}

impl Shown {
    /// The form of the page that goes to an address, the first if there are several.
    pub fn form(&self, action: &str) -> Form {
        let mut forms = self.forms(action);
        assert!(!forms.is_empty(), "no form to {action} in {}", self.text);
        forms.swap_remove(0)
    }

    /// The form that goes to an address and has this in a field.
    pub fn form_with(&self, action: &str, name: &str, value: &str) -> Form {
        let found = self.forms(action).into_iter().find(|form| form.fields.get(name).is_some_and(|own| own == value));
        found.unwrap_or_else(|| panic!("no form to {action} with {name} {value} in {}", self.text))
    }

    fn forms(&self, action: &str) -> Vec<Form> {
        let open = format!("action=\"{action}\"");
        let forms = self.text.split(&open).skip(1).map(|rest| {
            let inside = &rest[..rest.find("</form>").expect("a form ends")];
            let mut fields = BTreeMap::new();
            for tag in inside.split("<input").skip(1) {
                let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
                // A file is chosen by hand, and a box that is not ticked is not sent.
                let is_sent =
                    !tag.contains("type=\"file\"") && (!tag.contains("type=\"checkbox\"") || tag.contains(" checked"));
                if let Some(name) = attribute(tag, "name").filter(|_| is_sent) {
                    fields.insert(name, attribute(tag, "value").unwrap_or_default());
                }
            }
            for select in inside.split("<select name=\"").skip(1) {
                let name = select.split('"').next().unwrap_or_default().to_owned();
                if let Some(first) = select.split("<option").nth(1) {
                    let own = first.split('>').nth(1).and_then(|text| text.split('<').next()).unwrap_or_default();
                    fields.insert(name, attribute(first, "value").unwrap_or_else(|| own.to_owned()));
                }
            }
            Form { action: action.to_owned(), fields }
        });
        forms.collect()
    }

    /// Is there a form that goes to an address?
    pub fn has_form(&self, action: &str) -> bool {
        self.text.contains(&format!("action=\"{action}\""))
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split_once(&format!("{name}=\""))?.1;
    Some(rest.split('"').next().unwrap_or_default().replace("&#34;", "\"").replace("&#38;", "&"))
}

/// A text as it stands in a form that is sent.
pub(crate) fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
