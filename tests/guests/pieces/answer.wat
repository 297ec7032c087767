  ;; The right answer to the visit that guests are asked about: one line, a drug at its own price, on 2026-03-02.
  (data (i32.const 1024) "\00\00\00\00")                     ;; lines: 0
  (data (i32.const 1032) "\22\50\00\00")                     ;; first days: 20514
  (data (i32.const 1040) "\22\50\00\00")                     ;; last days
  (data (i32.const 1048) "\00\00\00\00")                     ;; prices: candidate 0
  (data (i32.const 1056) "\e8\03\00\00\00\00\00\00")         ;; quantities a day: 1000
  (data (i32.const 1064) "\e8\03\00\00\00\00\00\00")         ;; service ratios: 1000
  (data (i32.const 1072) "\e8\03\00\00\00\00\00\00")         ;; insured ratios: 1000
  (data (i32.const 1080) "\01\00\00\00")                     ;; rule counts: 1
  (data (i32.const 1088) "\01\00\00\00")                     ;; rules: 1
  ;; The result: 0 for a decision, then a place and a length for each of its lists.
  (data (i32.const 1200)
    "\00\00\00\00"
    "\00\04\00\00\01\00\00\00" "\08\04\00\00\01\00\00\00" "\10\04\00\00\01\00\00\00" "\18\04\00\00\01\00\00\00"
    "\20\04\00\00\01\00\00\00" "\28\04\00\00\01\00\00\00" "\30\04\00\00\01\00\00\00" "\38\04\00\00\01\00\00\00"
    "\00\04\00\00\00\00\00\00"                               ;; 1268: ceilings
    "\00\04\00\00\00\00\00\00"                               ;; 1276: whole on route
    "\00\04\00\00\00\00\00\00"                               ;; 1284: caps
    "\40\04\00\00\01\00\00\00"                               ;; 1292: rules
    "\00\04\00\00\00\00\00\00")                              ;; 1300: notes
  (func $right (result i32) (i32.const 1200))
