-- Who a patient is, sealed, and the keyed hashes of the words it is found by.
create table patient (
    facility text not null,
    id text not null,
    version {int} not null,
    identity {bytes} not null,             -- sealed
    merged_into text,
    changed_at {int} not null,
    audit {int} not null,
    primary key (facility, id)
) {clustered};

create table patient_word (
    facility text not null,
    word {bytes} not null,                 -- keyed hash
    patient text not null,
    primary key (facility, word, patient)
) {clustered};
create index patient_merged on patient (facility, merged_into) where merged_into is not null;
create index patient_word_patient on patient_word (facility, patient);
--! kept patient
