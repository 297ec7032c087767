;; Has more functions than a rule can need
;; with memory realloc describe answer price batch
(; repeat 20000 ;) (func) (; end ;)
