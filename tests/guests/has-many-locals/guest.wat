;; Declares more locals than a rule can need
;; with memory realloc describe answer price batch
(func (local (; repeat 20000 ;) i64 (; end ;)))
