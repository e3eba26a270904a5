"""How declared lineage grew: by whom, over how many steps, under which licences."""
