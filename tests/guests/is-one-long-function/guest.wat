;; Has a function longer than a rule can need
;; with memory realloc describe answer price batch
(func (; repeat 60000 ;) (drop (i32.const 1)) (; end ;))
