//! Somebody at pages of more than one host: cookies that are kept for each, redirects followed wherever they lead, as far as wanted.

use std::collections::BTreeMap;
use std::time::Duration;

use ureq::Agent;
use ureq::http::Response;

use crate::browser::Shown;

/// A browser that goes from host to host.
pub struct Surfer {
    agent: Agent,
    /// By host and name.
    pub cookies: BTreeMap<(String, String), String>,
    /// A redirect to where this begins is not followed.
    pub stop: Option<String>,
}

impl Default for Surfer {
    fn default() -> Surfer {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Surfer { agent: Agent::new_with_config(config), cookies: BTreeMap::new(), stop: None }
    }
}

impl Surfer {
    /// Looks at a page. What is shown has its whole address as its path, and its head as it was sent.
    pub fn get(&mut self, address: &str) -> Shown {
        let answer = self.agent.get(address).header("Cookie", self.brought(address)).call();
        let shown = self.shown(address, answer.expect("an answer"));
        self.follow(shown)
    }

    /// Sends the form of a page that goes to an address of its host.
    pub fn send(&mut self, page: &Shown, action: &str, filled: &[(&str, &str)]) -> Shown {
        let mut fields = page.form(action).fields;
        fields.extend(filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let address = format!("http://{}{action}", host(&page.path));
        let request = self.agent.post(&address).header("Cookie", self.brought(&address));
        let answer = request.header("Sec-Fetch-Site", "same-origin").send_form(fields);
        let shown = self.shown(&address, answer.expect("an answer"));
        self.follow(shown)
    }

    fn follow(&mut self, mut shown: Shown) -> Shown {
        for _ in 0..10 {
            let Some(to) = location(&shown) else { return shown };
            let to = if to.starts_with('/') { format!("http://{}{to}", host(&shown.path)) } else { to };
            if self.stop.as_ref().is_some_and(|stop| to.starts_with(stop)) {
                return shown;
            }
            let answer = self.agent.get(&to).header("Cookie", self.brought(&to)).call();
            shown = self.shown(&to, answer.expect("an answer"));
        }
        panic!("redirects without end, the last to {:?}", location(&shown));
    }

    fn shown(&mut self, address: &str, answer: Response<ureq::Body>) -> Shown {
        let (head, mut body) = answer.into_parts();
        let lines = head.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()));
        let lines: Vec<String> = lines.collect();
        for cookie in lines.iter().filter_map(|line| line.strip_prefix("set-cookie: ")) {
            let (pair, rest) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            let place = (host(address).to_owned(), name.to_owned());
            let rest = rest.to_ascii_lowercase();
            if rest.contains("max-age=0") || rest.contains("expires=thu, 01 jan 1970") {
                self.cookies.remove(&place);
            } else {
                self.cookies.insert(place, value.to_owned());
            }
        }
        let text = body.read_to_string().expect("a page is text");
        let bytes = text.clone().into_bytes();
        Shown { status: head.status.as_u16(), path: address.to_owned(), text, head: lines.join("\n"), bytes }
    }

    fn brought(&self, address: &str) -> String {
        let own = self.cookies.iter().filter(|((at, _), _)| at == host(address));
        own.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

/// Where an answer leads.
pub fn location(shown: &Shown) -> Option<String> {
    shown.head.lines().find_map(|line| line.strip_prefix("location: ")).map(str::to_owned)
}

/// A value in an address.
pub fn asked(address: &str, name: &str) -> String {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
}

fn host(address: &str) -> &str {
    let rest = address.strip_prefix("http://").expect("hosts of tests have no TLS");
    rest.split('/').next().unwrap_or(rest)
}
