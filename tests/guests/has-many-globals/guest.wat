;; Has more globals than a rule can need
;; with memory realloc describe answer price batch
(; repeat 5000 ;) (global i32 (i32.const 0)) (; end ;)
