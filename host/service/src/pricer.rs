//! Pricing: from an encounter and the day taken as today to a statement.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use vienphi_benefit::{Policies, find_route, insure, rules};
use vienphi_domain::encounter::Reading;
use vienphi_domain::statement::{Digests, Line, Rule, Split, Subject, Tariff, Totals};
use vienphi_domain::{
    Day, Digest, Encounter, Facility, Faults, Finding, Problem, Registry, Severity, Statement, Words,
};
use vienphi_money::Amount;
use vienphi_runtime::{Plugin, PluginError, Sandbox, Told, contract};
use vienphi_tariff::{Package, Place, Prices, Status, Table};

use crate::conduct::Conduct;
use crate::decide;
use crate::problems::{internal, plugin_failed};
use crate::question::{Context, Question};
use crate::setup::Files;

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
    /// Its worked cases, and what they name.
    pub(crate) cases: Files,
    plugin: OnceLock<Result<Plugin, Arc<PluginError>>>,
    conduct: Conduct,
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
    /// Was it tried to load the plugin, in vain?
    pub(crate) fn has_failed(&self) -> bool {
        self.plugin.get().is_some_and(Result::is_err)
    }

    pub(crate) fn new(package: Package, cases: Files) -> Loaded {
        Loaded { package, cases, plugin: OnceLock::new(), conduct: Conduct::default() }
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
        if plugin.is_costly(&question.told, &answer) {
            placed.offered.loaded.conduct.cost_too_much();
        } else {
            placed.offered.loaded.conduct.ended_well();
        }
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
