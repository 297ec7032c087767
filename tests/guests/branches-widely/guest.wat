;; Has a branch to more places than a rule can need
;; with memory realloc describe answer price batch
(func (param i32) (block (br_table (; repeat 60000 ;) 0 (; end ;) (local.get 0))))
