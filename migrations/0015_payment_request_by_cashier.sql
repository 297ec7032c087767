-- The newest request of a cashier is what the patient's screen of her desk shows.
create index payment_request_created_by on payment_request (facility, created_by, id);
create index shift_desk on shift (facility, desk) where state <> 'closed';
