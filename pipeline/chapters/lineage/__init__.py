"""How declared lineage grew: by whom, through how many hands, under which licences."""
