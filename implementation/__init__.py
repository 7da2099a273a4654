"""How a CRM is rolled out: rollouts, phases, milestones, teams, the document register and gates."""
