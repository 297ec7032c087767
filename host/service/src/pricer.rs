//! Pricing: from an encounter and the day taken as today to a statement.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use vienphi_benefit::{Policies, find_route, insure, rules};
use vienphi_domain::encounter::Reading;
use vienphi_domain::statement::{Digests, Line, Rule, Split, Subject, Tariff, Totals};
use vienphi_domain::{
    Day, Digest, Encounter, Facility, Faults, Finding, Problem, Registry, Severity, Statement, Words,
};
use vienphi_money::Amount;
use vienphi_runtime::{Misdeed, Plugin, PluginError, Sandbox, Told, contract};
use vienphi_tariff::{Package, Place, Prices, Status, Table};

use crate::decide;
use crate::question::{Context, Question};

/// Prices encounters. Shared by every thread; holds no state that a call changes but compiled plugins.
///
/// What it is made of is shared with the pricers made from it: [`Pricer::offering`] other packages costs no more than
/// what is new among them.
pub struct Pricer {
    pub(crate) policies: Arc<Policies>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) offered: Vec<Offered>,
    pub(crate) overlays: Arc<Vec<Table>>,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) policies_digest: Digest,
    /// Is told what a plugin was asked when it gave no usable answer.
    pub(crate) witness: Option<Witness>,
}

/// Is told what a plugin was asked when it gave no usable answer: numbers only, nothing of the patient.
pub type Witness = Arc<dyn Fn(&PluginError, &Told) + Send + Sync>;

/// A package with its plugin, compiled when first asked for.
pub(crate) struct Loaded {
    pub(crate) package: Package,
    plugin: OnceLock<Result<Plugin, Arc<PluginError>>>,
    conduct: Conduct,
}

/// How a plugin has behaved of late.
#[derive(Default)]
struct Conduct {
    /// So many calls must end well before it is trusted again.
    to_prove: AtomicU32,
}

/// After a call that cost as much as one may, so many must not.
const CALLS_TO_PROVE: u32 = 1_000;

impl Conduct {
    fn is_watched(&self) -> bool {
        self.to_prove.load(Ordering::Relaxed) > 0
    }

    fn cost_too_much(&self) {
        self.to_prove.store(CALLS_TO_PROVE, Ordering::Relaxed);
    }

    fn ended_well(&self) {
        // Read first: the counter of a plugin in good standing is shared by every thread and never written.
        if self.is_watched() {
            let _ = self.to_prove.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        }
    }
}

/// A package and the days of discharge that it rates.
pub(crate) struct Offered {
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) from: Day,
    pub(crate) to: Day,
    pub(crate) is_signed: bool,
    /// The package's table and every catalogue laid over it.
    tariff_digest: Digest,
}

/// A statement as JSON, and what is needed to report on it.
#[derive(Debug)]
pub struct Priced {
    /// The statement of DESIGN's format.
    pub json: Vec<u8>,
    /// How many findings there are.
    pub findings: usize,
}

/// A package as it is loaded.
#[derive(Debug, Clone, serde::Serialize)]
pub struct PluginStatus {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its province, or `central`.
    pub province: String,
    /// `approved` or `sample`.
    pub status: &'static str,
    /// The first day it rates.
    pub effective_from: String,
    /// The last day, if any.
    pub effective_to: Option<String>,
    /// The resolution behind it.
    pub resolution: String,
    /// `episode_start` or `service_date`.
    pub transition: &'static str,
    /// SHA-256 over the package.
    pub digest: String,
    /// Rows of its price table.
    pub prices: usize,
    /// Not signed: a development folder or the embedded copy.
    pub signed: bool,
    /// What is worth knowing.
    pub note: Option<String>,
    /// The rules its plugin describes; none when it was not admitted.
    pub rules: usize,
    /// Why the plugin was not admitted.
    pub error: Option<String>,
}

impl Offered {
    /// A package that rates its province over the days of its manifest that lie within `days`.
    pub(crate) fn new(loaded: Arc<Loaded>, days: (Day, Day), is_signed: bool, overlays: &[Table]) -> Offered {
        let tables = std::iter::once(&loaded.package.table).chain(overlays);
        let digests: Vec<Digest> = tables.map(Table::digest).collect();
        let tariff_digest = Digest::of_pieces(digests.iter().map(|digest| ("table", &digest.bytes()[..])));
        let manifest = &loaded.package.manifest;
        let (from, to) = (days.0.max(manifest.effective_from), days.1.min(manifest.effective_to));
        Offered { loaded, from, to, is_signed, tariff_digest }
    }

    pub(crate) fn package(&self) -> &Package {
        &self.loaded.package
    }

    /// Do both begin on one day for one province?
    pub(crate) fn is_rival(&self, other: &Offered) -> bool {
        self.package().manifest.province == other.package().manifest.province && self.from == other.from
    }
}

impl Loaded {
    pub(crate) fn new(package: Package) -> Loaded {
        Loaded { package, plugin: OnceLock::new(), conduct: Conduct::default() }
    }

    pub(crate) fn plugin(&self, sandbox: &Sandbox) -> Result<&Plugin, Arc<PluginError>> {
        let load = || sandbox.load(&self.package.manifest.name, &self.package.component).map_err(Arc::new);
        self.plugin.get_or_init(load).as_ref().map_err(Arc::clone)
    }
}

impl Pricer {
    /// Compiles every plugin now, so that no request waits for it. Names those that are not admitted.
    pub fn load_all(&self) -> Vec<Arc<PluginError>> {
        self.offered.iter().filter_map(|offered| offered.loaded.plugin(&self.sandbox).err()).collect()
    }

    /// The packages as loaded.
    pub fn plugins(&self) -> Vec<PluginStatus> {
        self.offered
            .iter()
            .map(|offered| {
                let manifest = &offered.package().manifest;
                let plugin = offered.loaded.plugin(&self.sandbox);
                PluginStatus {
                    name: manifest.name.clone(),
                    version: manifest.version.clone(),
                    province: manifest.province.clone(),
                    status: manifest.status.word(),
                    effective_from: offered.from.to_string(),
                    effective_to: (offered.to != Day::END_OF_TIME).then(|| offered.to.to_string()),
                    resolution: manifest.resolution.clone(),
                    transition: match manifest.transition {
                        vienphi_tariff::Transition::EpisodeStart => "episode_start",
                        vienphi_tariff::Transition::ServiceDate => "service_date",
                    },
                    digest: offered.package().digest.to_string(),
                    prices: offered.package().table.rows().len(),
                    signed: offered.is_signed,
                    note: manifest.note.clone(),
                    rules: plugin.as_ref().map_or(0, |plugin| plugin.description().rules.len()),
                    error: plugin.err().map(|error| error.to_string()),
                }
            })
            .collect()
    }

    /// Reads and prices one JSON document.
    pub fn price_json(&self, document: &[u8], today: Day) -> Result<Priced, Problem> {
        let mut json = Vec::new();
        let findings = self.price_json_into(document, today, &mut json)?;
        Ok(Priced { json, findings })
    }

    /// Prices an encounter that was read, as JSON.
    pub fn priced(&self, encounter: &Encounter, today: Day) -> Result<Priced, Problem> {
        let mut json = Vec::new();
        let findings = self.price_into(encounter, today, &mut json)?;
        Ok(Priced { json, findings })
    }

    /// Did the plugin that decides an encounter lately cost as much as one may? Whoever prices for many then does it
    /// apart from the others.
    pub fn is_watched(&self, encounter: &Encounter, today: Day) -> bool {
        let placed = self.place(encounter, today, &Faults::default());
        placed.is_some_and(|placed| placed.offered.loaded.conduct.is_watched())
    }

    /// Reads and prices one JSON document and appends its statement to `json`, which a problem leaves as it was.
    /// Returns how many findings it has.
    pub fn price_json_into(&self, document: &[u8], today: Day, json: &mut Vec<u8>) -> Result<usize, Problem> {
        self.price_into(&self.read(document, today)?, today, json)
    }

    fn price_into(&self, encounter: &Encounter, today: Day, json: &mut Vec<u8>) -> Result<usize, Problem> {
        let statement = self.price(encounter, today)?;
        // A 50-line statement has about 60 KB.
        json.reserve(4096 + 1200 * statement.lines.len());
        statement.write_json(json);
        Ok(statement.findings.len())
    }

    /// Reads one JSON document; on any fault everything else that can be checked is checked too.
    pub fn read(&self, document: &[u8], today: Day) -> Result<Encounter, Problem> {
        let Reading { id, encounter, faults } = Encounter::read(document);
        if faults.is_empty()
            && let Some(encounter) = encounter
        {
            return Ok(encounter);
        }
        if let Some(encounter) = &encounter
            && !faults.within("visit")
            && !faults.within("facility")
        {
            self.find_more(encounter, today, &faults);
        }
        Err(Problem::invalid_encounter(id, faults.into_list()))
    }

    /// Prices one encounter.
    pub fn price<'a>(&'a self, encounter: &'a Encounter, today: Day) -> Result<Statement<'a>, Problem> {
        let faults = Faults::default();
        let priced = self.price_or_fault(encounter, today, &faults);
        match priced {
            Some(result) if faults.is_empty() => result,
            _ => Err(Problem::invalid_encounter(Some(encounter.id.to_string()), faults.into_list())),
        }
    }

    /// What the plugin would be told, for comparing it with the same rules run natively.
    pub fn question<'a>(&'a self, encounter: &'a Encounter, today: Day) -> Result<Question<'a>, Problem> {
        let faults = Faults::default();
        let question = self.place(encounter, today, &faults).map(|placed| self.ask(encounter, &placed, &faults));
        match question {
            Some(question) if faults.is_empty() => Ok(question),
            _ => Err(Problem::invalid_encounter(Some(encounter.id.to_string()), faults.into_list())),
        }
    }

    /// The plugin that decides an encounter.
    pub fn plugin_for(&self, encounter: &Encounter, today: Day) -> Result<&Plugin, Problem> {
        let faults = Faults::default();
        match self.place(encounter, today, &faults) {
            Some(placed) => {
                placed.offered.loaded.plugin(&self.sandbox).map_err(|error| plugin_failed(encounter, &error))
            }
            None => Err(Problem::invalid_encounter(Some(encounter.id.to_string()), faults.into_list())),
        }
    }

    /// Looks for further faults of an encounter that can not be priced.
    fn find_more(&self, encounter: &Encounter, today: Day, faults: &Faults) {
        if let Some(placed) = self.place(encounter, today, faults) {
            if !faults.within("coverages") && !faults.within("patient") {
                find_route(&self.policies, encounter, placed.facility, placed.end.day(), faults);
            }
            self.ask(encounter, &placed, faults);
        }
    }

    /// Finds facility and package (step 2).
    fn place<'a>(&'a self, encounter: &Encounter, today: Day, faults: &Faults) -> Option<Placed<'a>> {
        encounter.check_open_stay(today, faults);
        let end = encounter.end(today);
        let Some(facility) = self.registry.on(&encounter.facility, end.day()) else {
            let message = if self.registry.knows(&encounter.facility) {
                format!("{} is not in force in the registry of facilities on {}", encounter.facility, end.day())
            } else {
                format!("{} is not in the registry of facilities", encounter.facility)
            };
            faults.add("facility", message);
            return None;
        };
        if self.policies.reference(end.day()).is_none() {
            faults.add("visit.arrived_at", format!("no reference amount is known for {}", end.day()));
            return None;
        }
        let province = facility.tariff_province();
        let is_effective = |offered: &&Offered| offered.from <= end.day() && end.day() <= offered.to;
        let rating = self.offered.iter().filter(|offered| offered.package().manifest.province == province);
        // Of two for one day the later one counts: it was activated to take the other's place.
        match rating.filter(is_effective).max_by_key(|offered| offered.from) {
            Some(offered) => Some(Placed { facility, offered, end }),
            None => {
                faults.add("facility", format!("no tariff package rates province {province} on {}", end.day()));
                None
            }
        }
    }

    fn ask<'a>(&'a self, encounter: &'a Encounter, placed: &Placed<'a>, faults: &Faults) -> Question<'a> {
        let is_private = placed.facility.ownership == vienphi_domain::facility::Ownership::Private;
        // A private facility is never priced by a public class's table (R25, C7).
        let base = if is_private { None } else { Some(&placed.offered.package().table) };
        let prices = Prices::new(&self.overlays, base, Place::of(placed.facility));
        let context = Context {
            policies: &self.policies,
            facility: placed.facility,
            prices: &prices,
            transition: placed.offered.package().manifest.transition,
            end: placed.end,
        };
        Question::ask(encounter, &context, faults)
    }

    fn price_or_fault<'a>(
        &'a self,
        encounter: &'a Encounter,
        today: Day,
        faults: &Faults,
    ) -> Option<Result<Statement<'a>, Problem>> {
        let placed = self.place(encounter, today, faults)?;
        let end = placed.end;
        let route = find_route(&self.policies, encounter, placed.facility, end.day(), faults);
        let question = self.ask(encounter, &placed, faults);
        if !faults.is_empty() {
            return None;
        }
        let route = route?;
        let plugin = match placed.offered.loaded.plugin(&self.sandbox) {
            Ok(plugin) => plugin,
            Err(error) => return Some(Err(plugin_failed(encounter, &error))),
        };
        let answer = match plugin.price(&question.told) {
            Ok(answer) => answer,
            Err(error) => {
                if error.is_costly() {
                    placed.offered.loaded.conduct.cost_too_much();
                }
                if let Some(witness) = &self.witness {
                    witness(&error, &question.told);
                }
                return Some(Err(plugin_failed(encounter, &error)));
            }
        };
        placed.offered.loaded.conduct.ended_well();
        let decision = match &answer.decision {
            Ok(decision) => decision,
            Err(refusal) => {
                decide::refused(encounter, refusal, faults);
                return None;
            }
        };
        let decided = decide::decided(encounter, &question, decision, plugin);
        let caps = decide::caps(decision);
        let insured = insure(&self.policies, encounter, placed.facility, &route, end, &decided, &caps, faults)?;
        let mut findings = decide::findings(encounter, decision, plugin);
        findings.extend(insured.findings);
        let mut lines = Vec::with_capacity(encounter.lines.len());
        for (line, mut parts) in encounter.lines.iter().zip(insured.parts) {
            let mut sum = Split::default();
            for part in &mut parts {
                if part.code != line.code.as_str() {
                    part.name = self.listed_name(&placed, part.code);
                }
                match sum.plus(&part.split).filter(|_| part.split.is_whole()) {
                    Some(added) => sum = added,
                    None => {
                        return Some(Err(internal(Some(&encounter.id), "an amount does not divide into its payers")));
                    }
                }
            }
            lines.push(Line {
                id: line.id.as_str(),
                code: line.code.as_str(),
                name: line.name.as_deref().or_else(|| self.listed_name(&placed, line.code.as_str())),
                kind: line.kind,
                group: line.group,
                payment_method: line.payment_method,
                parts,
                sum,
            });
        }
        let Some(totals) = totals(&lines) else {
            faults.add("lines", "add up to an amount that is too large");
            return None;
        };
        let manifest = &placed.offered.package().manifest;
        private_findings(&question, encounter, &mut findings);
        let is_sample =
            lines.iter().any(|line| line.parts.iter().any(|part| part.rules.contains(&rules::SAMPLE_PRICE)));
        if is_sample || manifest.status == Status::Sample {
            findings.push(sample_finding(manifest.status));
        }
        let words = used_rules(&lines, plugin);
        Some(Ok(Statement {
            encounter: &encounter.id,
            version: 1,
            as_of: today,
            subject: Subject { declared: route.declared, derived: route.derived },
            tariff: Tariff {
                package: &manifest.name,
                version: &manifest.version,
                status: manifest.status.word(),
                is_signed: placed.offered.is_signed,
            },
            provisional: insured.provisional,
            lines,
            totals,
            findings,
            rules: words,
            digests: Digests {
                encounter: encounter.digest,
                component: placed.offered.package().digest,
                tariff: placed.offered.tariff_digest,
                policies: self.policies_digest,
                engine: self.sandbox.digest(),
            },
            fuel: answer.fuel,
        }))
    }

    /// The name a price list gives a code.
    fn listed_name<'a>(&'a self, placed: &Placed<'a>, code: &str) -> Option<&'a str> {
        let tables = self.overlays.iter().rev().chain(std::iter::once(&placed.offered.package().table));
        tables.into_iter().find_map(|table| table.rows_of(code).next()).map(|row| &*row.name)
    }

    /// A facility as it is on a day.
    pub fn facility(&self, code: &str, day: Day) -> Option<&Facility> {
        self.registry.on(code, day)
    }

    /// A subject in words, Vietnamese and English.
    pub fn subject_words(&self, code: &str) -> Option<(&str, &str)> {
        self.policies.subject_words(code)
    }
}

/// Where an encounter is priced.
struct Placed<'a> {
    facility: &'a Facility,
    offered: &'a Offered,
    end: vienphi_domain::Minute,
}

/// Sums over the lines; `None` when one does not fit.
fn totals(lines: &[Line<'_>]) -> Option<Totals> {
    let mut sum = Split::default();
    let mut totals = Totals::default();
    for line in lines {
        sum = sum.plus(&line.sum)?;
        if matches!(line.group, 4 | 5 | 6 | 7 | 17) {
            totals.drugs = totals.drugs.checked_add(line.sum.hospital)?;
        }
        if matches!(line.group, 10 | 11) {
            totals.supplies = totals.supplies.checked_add(line.sum.hospital)?;
        }
        if line.payment_method == 1 {
            totals.insurer_fee_for_service = totals.insurer_fee_for_service.checked_add(line.sum.insurer)?;
        }
    }
    let due: Amount = sum.own.checked_add(sum.copayment)?;
    Some(Totals {
        amount_hospital: sum.hospital,
        amount_insured: sum.insured,
        other_sources: sum.other_sources,
        patient_own: sum.own,
        copayment: sum.copayment,
        insurer: sum.insurer,
        cash_due: due.whole_dong().ok()?,
        ..totals
    })
}

/// The words of every rule that a part names.
fn used_rules<'a>(lines: &[Line<'a>], plugin: &'a Plugin) -> BTreeMap<&'a str, Rule<'a>> {
    let mut used: Vec<&'a str> = Vec::with_capacity(32);
    for name in lines.iter().flat_map(|line| &line.parts).flat_map(|part| &part.rules) {
        // Names of one rule are one text: most are found by where they lie.
        if !used.iter().any(|known| std::ptr::eq(*known, *name)) && !used.contains(name) {
            used.push(name);
        }
    }
    used.into_iter().map(|name| (name, rule_words(name, plugin))).collect()
}

fn rule_words<'a>(name: &str, plugin: &'a Plugin) -> Rule<'a> {
    if let Some(rule) = rules::ALL.iter().find(|rule| rule.name == name) {
        return Rule { text: Words { vi: rule.vietnamese.into(), en: rule.english.into() }, ground: rule.ground };
    }
    let rule: Option<&contract::Rule> = plugin.description().rules.iter().find(|rule| rule.name == name);
    let text = |words: fn(&contract::Rule) -> &str| rule.map_or("", words).into();
    Rule {
        text: Words { vi: text(|rule| &rule.vietnamese), en: text(|rule| &rule.english) },
        ground: rule.map_or("", |rule| &rule.ground),
    }
}

fn private_findings(question: &Question<'_>, encounter: &Encounter, findings: &mut Vec<Finding<'_>>) {
    let mut lines = question.private_without_row.clone();
    lines.dedup();
    for place in lines {
        findings.push(Finding {
            code: "VP-PRIVATE-NO-ROW".into(),
            severity: Severity::Inform,
            path: format!("lines[{place}].code"),
            declared: Some(encounter.lines[place].code.as_str().to_owned()),
            expected: None,
            text: Words {
                vi: "Cơ sở tư nhân chưa có giá BHYT cho mã này: người bệnh tự trả".into(),
                en: "The private facility has no accepted price for the code: the patient pays".into(),
            },
            ground: "NĐ 188/2025/NĐ-CP Điều 47; READINGS 25".into(),
        });
    }
}

fn sample_finding(status: Status) -> Finding<'static> {
    let (vi, en) = match status {
        Status::Sample => (
            "Biểu giá mẫu (sample): chưa tìm thấy nghị quyết của tỉnh",
            "A sample tariff: no resolution of the province was found",
        ),
        Status::Approved => (
            "Có giá mẫu (sample): chưa tìm thấy nghị quyết cho thời gian này",
            "Some prices are samples: no resolution was found for these days",
        ),
    };
    Finding {
        code: "VP-SAMPLE-TARIFF".into(),
        severity: Severity::Inform,
        path: "tariff.status".into(),
        declared: None,
        expected: None,
        text: Words { vi: vi.into(), en: en.into() },
        ground: "docs/SOURCES.md".into(),
    }
}

/// A plugin failed: named, never blamed on the sender.
fn plugin_failed(encounter: &Encounter, error: &PluginError) -> Problem {
    tracing::error!(%error, "the tariff plugin gave no usable answer");
    let (kind, status) = match error.why {
        // The machine was busy: the same call may well succeed.
        Misdeed::OutOfTime { .. } => ("urn:vienphi:problem:plugin-out-of-time", 503),
        Misdeed::OutOfFuel { .. } => ("urn:vienphi:problem:plugin-out-of-fuel", 500),
        Misdeed::OutOfMemory { .. } => ("urn:vienphi:problem:plugin-out-of-memory", 500),
        Misdeed::OutOfTable { .. } => ("urn:vienphi:problem:plugin-out-of-table", 500),
        Misdeed::OutOfStack { .. } => ("urn:vienphi:problem:plugin-out-of-stack", 500),
        Misdeed::TooMuchAnswer { .. } => ("urn:vienphi:problem:plugin-answer-too-large", 500),
        Misdeed::Trapped(_) => ("urn:vienphi:problem:plugin-trapped", 500),
        Misdeed::Nonsense(_) => ("urn:vienphi:problem:plugin-answer-refused", 500),
        Misdeed::NotAdmitted(_) => ("urn:vienphi:problem:plugin-not-admitted", 500),
    };
    Problem {
        kind,
        title: "The tariff plugin gave no usable answer",
        status,
        encounter: Some(encounter.id.to_string()),
        detail: error.to_string(),
        errors: Vec::new(),
    }
}

fn internal(encounter: Option<&str>, detail: &str) -> Problem {
    tracing::error!(detail, "an internal check failed");
    Problem {
        kind: "urn:vienphi:problem:internal",
        title: "An internal check failed",
        status: 500,
        encounter: encounter.map(str::to_owned),
        detail: detail.to_owned(),
        errors: Vec::new(),
    }
}
