;; Brings more data than a rule can need
;; with realloc describe answer price batch
(memory (export "memory") 40)
(data (i32.const 200000) (; repeat 40000 ;) "the same words again and again" (; end ;))
