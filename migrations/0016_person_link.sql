-- Who somebody is to an issuer of OpenID Connect. Its name for them may be personal: only a digest of issuer and name is kept, by
-- which they are found when they sign in. One name of an issuer is one person of one facility, for nobody says which when they come.
create table person_link (
    facility text not null,
    digest {bytes} not null,
    person text not null,
    issuer text not null,
    audit {int} not null,
    primary key (facility, digest)
) {clustered};
create unique index person_link_digest on person_link (digest);
create unique index person_link_person on person_link (facility, person, issuer);

-- Who said who it is: an issuer, or nobody but a password.
alter table session add column issuer text;
