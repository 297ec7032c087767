;; Uses vector instructions
;; with memory realloc describe answer price batch
(global $vector (mut v128) (v128.const i64x2 0 0))
