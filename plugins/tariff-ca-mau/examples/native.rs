//! The same rules on this machine; `vienphi plugin test` compares them with the component.

vienphi_guest::native!(tariff_ca_mau::CaMau);
